create table extension_id1.entries (
    id bigint generated always as identity primary key,
    author text not null,
    text text not null,
    words int,
    created_at timestamptz not null default now()
);
