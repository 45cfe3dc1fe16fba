"""The register workbook: read, check, show, take over, write."""
