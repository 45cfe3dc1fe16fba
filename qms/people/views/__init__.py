"""The pages of people: find, bind, one verb, answer."""
