def cart(request): return {}
