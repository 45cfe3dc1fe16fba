"""Who is there: the list of people and the page of a person."""
