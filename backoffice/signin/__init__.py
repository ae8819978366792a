"""How staff sign in: a password, then a second factor, and nobody is anybody without both."""
