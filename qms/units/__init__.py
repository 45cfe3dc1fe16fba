"""The organisation: one dated tree of units, agencies and their announcements."""
