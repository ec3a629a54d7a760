"""Routes of the reports."""

from django.urls import path

from . import views
from .carrying.urls import urlpatterns as carrying_urls
from .community.urls import urlpatterns as community_urls

urlpatterns = [
    path("reports/", views.reports, name="reports"),
    path("reports/first-answer/", views.first_answer_page, name="first-answer"),
    path("reports/first-answer/<slug:plate>.csv", views.first_answer_sheet, name="first-answer-sheet"),
    *carrying_urls,
    *community_urls,
]
