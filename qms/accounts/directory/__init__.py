"""Coming in by the directory of the province (OpenID Connect)."""
