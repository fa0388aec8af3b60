-- Entries of the record of who did what are deleted when their days are over, also those of
-- organisations that are not there any more: a transaction that says so sees what is old of all of
-- them. What is younger than thirty days the gateway cannot delete, whatever it says: who breaks
-- into it leaves traces.
create policy expired on offhook.audit_log for select to offhook_gateway
  using (
    (select current_setting('offhook.deletes_expired', true)) = 'yes'
    and at < now() - interval '30 days'
  );
create policy expired_deleted on offhook.audit_log for delete to offhook_gateway
  using ((select current_setting('offhook.deletes_expired', true)) = 'yes');
create policy old_alone on offhook.audit_log as restrictive for delete to offhook_gateway
  using (at < now() - interval '30 days');
grant delete on offhook.audit_log to offhook_gateway;
create index on offhook.audit_log (at);
