"""A local Stripe for one test account: a process of its own that knows nothing of the shop it serves."""
