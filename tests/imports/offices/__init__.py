"""Workbooks of invented offices, each kept as another office would keep its register; people are named by their positions."""
