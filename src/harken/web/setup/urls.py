"""Routes of the setup; all for admins."""

from django.urls import path
from django.views.generic import RedirectView

from harken.web.access import for_admins

from . import brands, channels, circles, fediverse, people, promises, spaces, travel

urlpatterns = [
    path("setup/", for_admins(RedirectView.as_view(url="/setup/channels/")), name="setup"),
    path("setup/channels/", channels.channel_list, name="setup-channels"),
    path("setup/channels/connect/", channels.connect, name="setup-connect"),
    path("setup/channels/<int:channel_id>/", channels.channel, name="setup-channel"),
    path("setup/channels/<int:channel_id>/pause/", channels.pause, name="setup-pause"),
    path("setup/channels/<int:channel_id>/resume/", channels.resume, name="setup-resume"),
    path("setup/people/", people.people, name="setup-people"),
    path("setup/agents/new/", people.agent_edit, name="setup-agent-new"),
    path("setup/agents/<int:agent_id>/", people.agent_edit, name="setup-agent"),
    path("setup/people/second-step/", people.lost_second_step, name="setup-second-step"),
    path("setup/teams/new/", people.team_edit, name="setup-team-new"),
    path("setup/teams/<int:team_id>/", people.team_edit, name="setup-team"),
    path("setup/promises/", promises.promises, name="setup-promises"),
    path("setup/promises/new/", promises.target_edit, name="setup-target-new"),
    path("setup/promises/<int:target_id>/", promises.target_edit, name="setup-target"),
    path("setup/calendars/new/", promises.calendar_edit, name="setup-calendar-new"),
    path("setup/calendars/<int:calendar_id>/", promises.calendar_edit, name="setup-calendar"),
    path("setup/brands/", brands.brands, name="setup-brands"),
    path("setup/brands/new/", brands.brand_edit, name="setup-brand-new"),
    path("setup/brands/<int:brand_id>/", brands.brand_edit, name="setup-brand"),
    path("setup/travel/", travel.rules, name="setup-travel"),
    path("setup/travel/new/", travel.rule_edit, name="setup-travel-new"),
    path("setup/travel/<int:rule_id>/", travel.rule_edit, name="setup-travel-rule"),
    path("setup/circles/", circles.circles, name="setup-circles"),
    path("setup/circles/all/", circles.circles_edit, name="setup-circles-all"),
    path("setup/circles/<int:space_id>/", circles.circles_edit, name="setup-circles-of"),
    path("setup/fediverse/", fediverse.fediverse, name="setup-fediverse"),
    path("setup/spaces/", spaces.spaces, name="setup-spaces"),
    path("setup/spaces/new/", spaces.space_edit, name="setup-space-new"),
    path("setup/spaces/<int:space_id>/", spaces.space_edit, name="setup-space"),
    path("setup/spaces/<int:space_id>/move/", spaces.space_move, name="setup-space-move"),
]
