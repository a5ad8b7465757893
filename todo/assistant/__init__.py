"""Grammar for texts that people type; uses neither Flask nor the database."""
