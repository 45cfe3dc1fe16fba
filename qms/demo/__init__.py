"""An invented ward to try everything on: "phường Minh An (mẫu)", taken over like any office's registers."""
