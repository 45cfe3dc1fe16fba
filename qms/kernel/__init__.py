"""The ground: database, moment, refusal, workflow, events, features. Knows no word of the trade."""
