"""QMS: quality management and audits by ISO 9001 for public administration."""

__version__ = "0.2.0"
