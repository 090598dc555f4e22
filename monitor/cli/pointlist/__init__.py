"""A vendor's point list, as CSV or XLSX, made into an equipment type. What is not understood is told, never dropped."""
