"""The pages of the organisation; the units themselves lie below the accounts, which say who may see them."""
