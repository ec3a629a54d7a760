"""Routes of the ledger; for leads."""

from django.urls import path

from . import pages

urlpatterns = [
    path("ledger/", pages.ledger_page, name="ledger"),
    path("ledger/rows/", pages.rows_page, name="ledger-rows"),
    path("ledger/delivery/<int:delivery_id>/", pages.delivery_page, name="ledger-delivery"),
    path("ledger/retry/", pages.retry, name="ledger-retry"),
]
