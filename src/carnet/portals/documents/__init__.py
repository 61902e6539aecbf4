"""How a document is listed and read on a page, the same for professionals and patients."""
