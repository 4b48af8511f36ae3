"""Cells of tables that people open in a spreadsheet, which takes some texts for formulas and runs them.

Source: OWASP, "CSV Injection".
"""

#: What begins so is taken for a formula; by some spreadsheets also in full width.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
GUARD = "'"


def guarded(text: str) -> str:
    """Return a text behind an apostrophe where a spreadsheet would run it."""
    return f"{GUARD}{text}" if text.startswith(FORMULA) else text


def unguarded(text: str) -> str:
    """Return a cell without the apostrophe that `guarded` has put before it."""
    return text[1:] if text.startswith(GUARD) and text[1:].startswith(FORMULA) else text
