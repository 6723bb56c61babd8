from tests.policy.spec import page

page.write()
