"""What leaves the API: one model per thing, and how it is made from the domain."""
