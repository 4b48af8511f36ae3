"""The check of everything: is each acknowledged master where it must be, and do the rows agree? It writes nothing."""

from ingest.services.verification.checking import Finding, Report, verify

__all__ = ["Finding", "Report", "verify"]
