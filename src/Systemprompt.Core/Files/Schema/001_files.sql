-- A content that is kept, is being written, or is being deleted. The row is there before the first byte and goes after the last, so that whatever
-- crashes in between, the job files.sweep knows what is left over. An id is never used twice: deleting a content and storing the same bytes again
-- at the same moment touch different rows and different objects.
create table files.blobs (
    tenant  text        not null,
    id      uuid        not null,
    storage text        not null,
    state   text        not null check (state in ('writing', 'kept', 'deleting')),
    sha256  bytea       check (length(sha256) = 32),
    size    bigint      check (size >= 0),
    since   timestamptz not null default now(),
    primary key (tenant, id),
    check (state <> 'kept' or (sha256 is not null and size is not null))
);

comment on column files.blobs.storage is 'The registered name of the file storage that holds the bytes.';
comment on column files.blobs.since is 'When it came into this state.';

-- The same bytes are kept once a tenant.
create unique index blobs_content on files.blobs (tenant, sha256) where state = 'kept';
create index blobs_open on files.blobs (tenant, since) where state <> 'kept';

create table files.files (
    tenant     text        not null,
    id         uuid        not null,
    owner      text        not null,
    name       text        not null check (octet_length(name) between 1 and 255),
    media_type text        not null,
    size       bigint      not null,
    sha256     bytea       not null,
    blob       uuid        not null,
    created_at timestamptz not null default now(),
    primary key (tenant, id),
    foreign key (tenant, blob) references files.blobs (tenant, id)
);

create index files_owner on files.files (tenant, owner, id) include (size);
create index files_blob on files.files (tenant, blob);

-- The storage 'database': every chunk but the last has 262144 bytes. Not compressed, since most of what people upload is already.
create table files.chunks (
    tenant text  not null,
    blob   uuid  not null,
    number int   not null,
    data   bytea not null,
    primary key (tenant, blob, number)
);

alter table files.chunks alter column data set storage external;

-- Who may read a file besides its owner.
create table files.shares (
    tenant     text        not null,
    file       uuid        not null,
    kind       text        not null check (kind in ('user', 'team', 'everyone')),
    name       text        not null default '',
    created_at timestamptz not null default now(),
    created_by text        not null,
    expires_at timestamptz,
    primary key (tenant, file, kind, name),
    foreign key (tenant, file) references files.files (tenant, id) on delete cascade,
    check ((kind = 'everyone') = (name = ''))
);

create index shares_with on files.shares (tenant, kind, name, file);

-- Links that let anybody read a file who has one; here is the SHA-256 of what stands in them.
create table files.links (
    tenant     text        not null,
    hash       bytea       not null,
    file       uuid        not null,
    created_at timestamptz not null default now(),
    created_by text        not null,
    expires_at timestamptz not null,
    primary key (tenant, hash),
    foreign key (tenant, file) references files.files (tenant, id) on delete cascade
);

create index links_file on files.links (tenant, file);
