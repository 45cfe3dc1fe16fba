"""Working days: public holidays, swapped days, local holidays."""
