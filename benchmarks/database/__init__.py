"""What the database's part of the work costs on tables of real size."""
