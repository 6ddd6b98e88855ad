-- Tokens that are refused before they expire: one by its id, or everything a subject was issued before a moment.
create table security.revocations (
    id         bigint generated always as identity primary key,
    jti        text,
    sub        text,
    before     timestamptz not null,
    tenant     text        not null,
    revoked_at timestamptz not null default now(),
    expires_at timestamptz not null,
    check ((jti is null) <> (sub is null))
);

comment on column security.revocations.before is 'For sub: tokens issued at or before this moment are refused.';
comment on column security.revocations.expires_at is 'When the longest token it can concern has expired, and the row no longer matters.';

create index revocations_expires_at on security.revocations (expires_at);
