-- What integrators are told waits for each application by itself.
DROP INDEX hook_due;
CREATE INDEX hook_due ON hook (app, due, id);
CREATE INDEX hook_app ON hook (app, id);
