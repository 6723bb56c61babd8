"""What the database itself refuses about rulebooks, whoever writes; `refusing` turns a rule's name into a sentence."""

# ruff: noqa: S608 - statements put together from constants of this file, before any value from outside exists

import pgtrigger


def refuse(rule: str, words: str) -> str:
    """The statement that stops a transaction under the name of a rule, as a check constraint would."""
    return f"RAISE EXCEPTION '{words}' USING ERRCODE = '23514', CONSTRAINT = '{rule}';"


def kept(rule: str, words: str) -> pgtrigger.Trigger:
    """Rows that are appended and never changed or removed."""
    return pgtrigger.Trigger(
        name=rule, when=pgtrigger.Before, operation=pgtrigger.Update | pgtrigger.Delete, func=refuse(rule, words)
    )


def changed(*columns: str) -> str:
    """Whether any of these columns is given another value."""
    before, after = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    return f"({before}) IS DISTINCT FROM ({after})"


# The digest as chunyu.policy makes it: every file's name, length and content, in the order of the names' bytes.
DIGEST = """encode(sha256(coalesce((
    SELECT string_agg(
        convert_to(file.name, 'UTF8') || '\\x00'::bytea
        || convert_to(octet_length(convert_to(file.text, 'UTF8'))::text, 'UTF8') || '\\x00'::bytea
        || convert_to(file.text, 'UTF8'), ''::bytea ORDER BY file.name COLLATE "C")
    FROM rulebooks_rulebookfile AS file WHERE file.version_id = {version}), ''::bytea)), 'hex')"""

STARTS = pgtrigger.Trigger(
    name="rulebook_begins_as_draft",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        IF NEW.state NOT IN ('draft', 'shipped') THEN
            {refuse("rulebook_begins_as_draft", "a version begins as a draft")}
        END IF;
        RETURN NEW;
    """,
)

KEEPS_ORIGIN = pgtrigger.Trigger(
    name="rulebook_keeps_its_origin",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.AnyChange("pack", "number", "base", "organisation", "author", "begun_on"),
    func=refuse("rulebook_keeps_its_origin", "where a version comes from cannot be changed"),
)

KEEPS_SUBMISSION = pgtrigger.Trigger(
    name="rulebook_keeps_its_submission",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Q(old__state__in=["shipped", "submitted", "approved", "withdrawn"]),
    func=f"""
        IF {changed("digest", "reason", "submitted_by_id", "submitted_on")} THEN
            {refuse("rulebook_keeps_its_submission", "what was submitted cannot be changed")}
        END IF;
        RETURN NEW;
    """,
)

KEEPS_APPROVAL = pgtrigger.Trigger(
    name="rulebook_keeps_its_approval",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Q(old__state__in=["shipped", "approved", "withdrawn"]),
    func=f"""
        IF {changed("approved_by_id", "approved_on", "in_force_from")} THEN
            {refuse("rulebook_keeps_its_approval", "an approval cannot be changed")}
        END IF;
        RETURN NEW;
    """,
)

STEPS = pgtrigger.Trigger(
    name="rulebook_steps",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.AnyChange("state"),
    func=f"""
        IF (OLD.state, NEW.state) NOT IN (
            ('draft', 'submitted'), ('draft', 'withdrawn'), ('submitted', 'approved'), ('submitted', 'withdrawn'),
            ('approved', 'withdrawn')
        ) THEN
            {refuse("rulebook_steps", "a version cannot make this step")}
        END IF;
        IF OLD.state = 'approved' AND OLD.in_force_from <= NEW.withdrawn_on THEN
            {refuse("rulebook_in_force_stays", "a version that is in force is replaced, not withdrawn")}
        END IF;
        RETURN NEW;
    """,
)

# Submitting locks the files: a change of them takes the same lock first, so that it comes before the digest or fails.
SUBMITTED_AS_WRITTEN = pgtrigger.Trigger(
    name="rulebook_digest_is_of_its_files",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Q(old__state="draft", new__state="submitted"),
    func=f"""
        IF NEW.digest <> {DIGEST.format(version="NEW.id")} THEN
            {refuse("rulebook_digest_is_of_its_files", "the digest is not that of the files")}
        END IF;
        RETURN NEW;
    """,
)

APPROVED_BY_ANOTHER = pgtrigger.Trigger(
    name="rulebook_approved_by_another",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Q(new__state="approved"),
    func=f"""
        IF (SELECT user_id FROM accounts_post WHERE id = NEW.approved_by_id) IN (
            SELECT user_id FROM accounts_post WHERE id IN (NEW.author_id, NEW.submitted_by_id)
        ) THEN
            {refuse("rulebook_approved_by_another", "a version is approved by a second person")}
        END IF;
        RETURN NEW;
    """,
)

# One approval of a line at a time: the second waits here, then sees the first.
FOLLOWS_THE_LAST = pgtrigger.Trigger(
    name="rulebook_follows_the_last",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Q(old__state="submitted", new__state="approved"),
    func=f"""
        PERFORM pg_advisory_xact_lock(hashtext('rulebook_follows_the_last.' || NEW.pack));
        IF EXISTS (
            SELECT 1 FROM rulebooks_rulebookversion AS other
            WHERE other.pack = NEW.pack AND other.state = 'approved' AND other.in_force_from >= NEW.in_force_from
        ) THEN
            {refuse("rulebook_follows_the_last", "another version is in force from that day or later")}
        END IF;
        RETURN NEW;
    """,
)

VERSION_IS_KEPT = pgtrigger.Trigger(
    name="rulebook_is_kept",
    when=pgtrigger.Before,
    operation=pgtrigger.Delete,
    func=refuse("rulebook_is_kept", "a version is never removed"),
)

# The files of a rulebook that came with the software are complete, and closed, once they give its digest.
FILES_OF_A_DRAFT = pgtrigger.Trigger(
    name="rulebook_files_of_a_draft",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    declare=[("owner", "rulebooks_rulebookversion%ROWTYPE")],
    func=f"""
        IF TG_OP <> 'INSERT' THEN
            SELECT * INTO owner FROM rulebooks_rulebookversion WHERE id = OLD.version_id FOR SHARE;
            IF owner.state <> 'draft' THEN
                {refuse("rulebook_files_of_a_draft", "files can be changed only while the version is a draft")}
            END IF;
        END IF;
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        SELECT * INTO owner FROM rulebooks_rulebookversion WHERE id = NEW.version_id FOR SHARE;
        IF owner.state NOT IN ('draft', 'shipped')
            OR (owner.state = 'shipped' AND owner.digest = {DIGEST.format(version="NEW.version_id")}) THEN
            {refuse("rulebook_files_of_a_draft", "files can be changed only while the version is a draft")}
        END IF;
        RETURN NEW;
    """,
)

ACCEPTED_IN_A_DRAFT = pgtrigger.Trigger(
    name="rulebook_accepted_in_a_draft",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        PERFORM 1 FROM rulebooks_rulebookversion WHERE id = NEW.version_id AND state = 'draft' FOR SHARE;
        IF NOT FOUND THEN
            {refuse("rulebook_accepted_in_a_draft", "differences are accepted while the version is a draft")}
        END IF;
        RETURN NEW;
    """,
)

TEST_KEEPS_ITS_TEXT = pgtrigger.Trigger(
    name="rulebook_test_keeps_its_text",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    func=f"""
        IF OLD.retired_on IS NOT NULL OR {changed("pack", "name", "text", "written_by_id", "written_on")} THEN
            {refuse("rulebook_test_keeps_its_text", "a test is retired and written anew, not edited")}
        END IF;
        RETURN NEW;
    """,
)

TEST_IS_KEPT = pgtrigger.Trigger(
    name="rulebook_test_is_kept",
    when=pgtrigger.Before,
    operation=pgtrigger.Delete,
    func=refuse("rulebook_test_is_kept", "a test is retired, not removed"),
)
