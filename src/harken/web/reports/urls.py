"""Routes of the reports."""

from django.urls import path

from . import views

urlpatterns = [
    path("reports/", views.reports, name="reports"),
    path("reports/first-answer/", views.first_answer_page, name="first-answer"),
    path("reports/first-answer/<slug:plate>.csv", views.first_answer_sheet, name="first-answer-sheet"),
]
