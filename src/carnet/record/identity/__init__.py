"""Identity: who a record is about, under which identifiers, with which traits."""
