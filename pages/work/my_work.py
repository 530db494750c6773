"""My work: one's own answers, drafts and progress."""

from ui import address, auth, my_work

actor = auth.current_actor()
answer = address.number("answer")
if answer is not None:
    my_work.open_answer(actor, answer)
else:
    my_work.show(actor)
