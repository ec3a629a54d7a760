"""Routes of the desk."""

from django.urls import path

from . import acting, conversation, files, listing, palette, people, replying, travelling

urlpatterns = [
    path("desk/", listing.desk, name="desk"),
    path("desk/list/", listing.list_fragment, name="list"),
    path("desk/search/", listing.search, name="search"),
    path("desk/rail/", listing.rail_fragment, name="rail"),
    path("desk/palette/", palette.palette, name="palette"),
    path("desk/next/", acting.take_next, name="next"),
    path("desk/c/<int:conversation_id>/", conversation.conversation, name="conversation"),
    path("desk/c/<int:conversation_id>/now/", conversation.now_fragment, name="now"),
    path("desk/c/<int:conversation_id>/person/", conversation.person_fragment, name="conversation-person"),
    path("desk/c/<int:conversation_id>/why/", conversation.why_fragment, name="why"),
    path("desk/c/<int:conversation_id>/presence/", conversation.who_is_here, name="presence"),
    path("desk/c/<int:conversation_id>/assign/", acting.assign, name="assign"),
    path("desk/c/<int:conversation_id>/tag/", acting.tag, name="tag"),
    path("desk/c/<int:conversation_id>/snooze/", acting.snooze, name="snooze"),
    path("desk/c/<int:conversation_id>/need/", acting.need, name="need"),
    path("desk/c/<int:conversation_id>/close/", acting.close, name="close"),
    path("desk/c/<int:conversation_id>/reopen/", acting.reopen, name="reopen"),
    path("desk/c/<int:conversation_id>/community/", travelling.community, name="ask-community"),
    path("desk/c/<int:conversation_id>/community/consent/", travelling.consent, name="ask-consent"),
    path("desk/c/<int:conversation_id>/community/send/", travelling.send, name="send-answer"),
    path("desk/c/<int:conversation_id>/reply/", replying.reply, name="reply"),
    path("desk/c/<int:conversation_id>/draft/", replying.draft, name="draft"),
    path("desk/m/<int:message_id>/undo/", replying.undo, name="undo"),
    path("desk/m/<int:message_id>/send-now/", replying.send_now, name="send-now"),
    path("desk/m/<int:message_id>/look/", replying.look, name="look-there"),
    path("desk/m/<int:message_id>/arrived/", replying.arrived, name="arrived"),
    path("desk/m/<int:message_id>/again/", replying.again, name="again"),
    path("desk/m/<int:message_id>/give-up/", replying.give_up, name="give-up"),
    path("desk/m/<int:message_id>/change/", replying.change, name="change"),
    path("desk/m/<int:message_id>/approve/", replying.approve, name="approve"),
    path("desk/m/<int:message_id>/return/", replying.send_back, name="return"),
    path("desk/m/<int:message_id>/withdraw/", replying.withdraw, name="withdraw"),
    path("desk/m/<int:message_id>/html/", files.mail_page, name="mail-html"),
    path("desk/files/<int:attachment_id>/", files.file, name="file"),
    path("people/<int:person_id>/", people.person_page, name="person"),
    path("people/<int:person_id>/unmerge/<int:merge_id>/", people.undo_merge_page, name="unmerge"),
]
