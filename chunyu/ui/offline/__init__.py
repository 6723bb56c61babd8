"""Forms that are filled in where there is no network: taken along, kept on the phone, sent when the network is back.

A form page joins by standing on `OfflineForm` and giving it a name; a list of things to do joins by `TakeAlong`:

    class RecordVisit(OfflineForm, CaseForm):
        offline = "casework.visit"                     # the name under which the server writes down what came in

        def subject(self): return self.case.number     # entries about one subject are sent in their order
        def about(self): return "程梅 · 医疗救助"        # how the person recognises the entry
        def hold(self): locked(self.acting, self.case) # lock what the entry changes; Http404 when it is foreign
        def stands_at(self): return "complete, 0"      # differs when somebody changed it: a person chooses
        def stands_now(self): return [(label, value)]  # their side of the conflict screen
        def ways(self): return [Way("add", _("…"))]    # how to go on; `self.entry.way` is the one chosen

        def submit(self, form): ...                    # as ever: calls the action; `self.entry` if kept first

    class TakeVisits(TakeAlong):
        def things(self): return [Thing(address, title, lines, subject), …]    # what was chosen, put on record

Photos and signatures are the fields `Photos` and `Signature`. Everything else is here: the service worker and the
manifest (`worker.py`), the outbox in the browser (`browser/`, bundled by `chunyu.ui.assets`), the page that shows it
(`pages.py`), and the receiving of an entry once and only once (`receiving.py`, `tables.py`). See
docs/reference/offline.md.
"""
