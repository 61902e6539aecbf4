"""The admission desk's entrance: create a record."""
