"""The catalogues (gettext .po), and what keeps them whole: `bin/messages update` and `bin/messages check`."""
