"""Settings: directories that load, directories that do not and what is said about them."""
