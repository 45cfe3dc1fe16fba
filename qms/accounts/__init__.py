"""People, grants, permissions, the gate and sign-in."""
