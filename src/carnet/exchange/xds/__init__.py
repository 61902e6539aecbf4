"""The registry's and the repository's doors (IHE XDS.b): a message in, one call of the record, a message out."""
