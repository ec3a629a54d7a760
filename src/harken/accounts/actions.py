"""Making and changing brands."""

from __future__ import annotations

from django.db import transaction
from django.utils.text import slugify

from .models import Brand


def keep_brand(brand: Brand) -> None:
    """Make or change a brand; a new one gets an address part of its own from its name."""
    with transaction.atomic():
        if not brand.slug:
            stem = slugify(brand.name)[:50] or "brand"
            brand.slug, number = stem, 2
            while Brand.objects.filter(slug=brand.slug).exists():
                brand.slug, number = f"{stem}-{number}", number + 1
        brand.save()
