"""What every endpoint shares: authentication to answer, strict reading, lists, limits, the document."""
