-- Text search needs two of PostgreSQL's own extensions: unaccent (words without their accents) and pg_trgm (words that look alike). Both are
-- trusted: the owner of the database may create them.
do $$
declare
    wanted text;
    place  text := case when to_regnamespace('public') is null then 'content' else 'public' end;
begin
    foreach wanted in array array['unaccent', 'pg_trgm'] loop
        continue when exists (select from pg_extension where extname = wanted);
        if not exists (select from pg_available_extensions where name = wanted) then
            raise exception 'PostgreSQL''s extension % is not installed on the server', wanted
                using errcode = 'feature_not_supported',
                      hint = 'Install PostgreSQL''s contrib modules there (Debian has them in postgresql-NN, Red Hat in postgresql-contrib), or leave content out: extensions: { disabled: [content] }.';
        end if;
        begin
            execute format('create extension if not exists %I schema %I', wanted, place);
        exception when insufficient_privilege then
            raise exception 'the role % may not create PostgreSQL''s extension %', current_user, wanted
                using errcode = 'insufficient_privilege',
                      hint = format('Let an administrator run once in this database: create extension %I;', wanted);
        end;
    end loop;
end $$;

-- One text search configuration a language, which forgets accents. text_xx is for every other language: words as they stand.
do $$
declare
    code text;
    base text;
    home text := (select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'unaccent');
begin
    for code, base in values
        ('en', 'english'), ('de', 'german'), ('fr', 'french'), ('es', 'spanish'), ('it', 'italian'), ('nl', 'dutch'), ('pt', 'portuguese'), ('sv', 'swedish'),
        ('da', 'danish'), ('no', 'norwegian'), ('fi', 'finnish'), ('hu', 'hungarian'), ('ro', 'romanian'), ('ru', 'russian'), ('tr', 'turkish'), ('xx', 'simple')
    loop
        execute format('create text search configuration content.text_%s (copy = pg_catalog.%I)', code, base);
        execute format('alter text search configuration content.text_%s alter mapping for hword, hword_part, word with %I.unaccent, pg_catalog.%I',
            code, home, case base when 'simple' then 'simple' else base || '_stem' end);
    end loop;
end $$;

-- What was taken in last: while digest is that of the files, there is nothing to do.
create table content.state (
    tenant    text        primary key,
    digest    text        not null,
    languages text[]      not null,
    files     int         not null,
    faults    int         not null,
    by_whom   text        not null,
    at        timestamptz not null default now()
);

-- The good version of each file: hash is the file's, rendered that of all it follows from, the binary included. words are its distinct words, counted in content.words once everybody may see it.
create table content.items (
    id           bigint      generated always as identity primary key,
    tenant       text        not null,
    source       text        not null,
    path         text        not null,
    url          text        not null,
    kind         text        not null,
    category     text,
    tags         text[]      not null default '{}',
    title        text        not null,
    summary      text,
    language     text        not null,
    draft        boolean     not null,
    published_at timestamptz,
    updated_at   timestamptz,
    changed_at   timestamptz not null default now(),
    hash         text        not null,
    rendered     text        not null,
    html         text        not null,
    body         text        not null,
    words        text[]      not null,
    counted      boolean     not null default false,
    title_search tsvector    not null,
    search       tsvector    not null,
    unique (tenant, source, path),
    -- Two files may change places in one transaction.
    unique (tenant, url) deferrable initially deferred
);

-- Ranking reads the vector of every candidate: not compressed, it is read faster.
alter table content.items alter column search set storage external;

create index items_search on content.items using gin (search) with (fastupdate = off);
create index items_title_search on content.items using gin (title_search) with (fastupdate = off);
create index items_published on content.items (tenant, published_at desc nulls last, url);
create index items_tags on content.items using gin (tags);
create index items_uncounted on content.items (tenant) where not counted and not draft;

-- Every version that was ever taken in, with its text.
create table content.versions (
    id     bigint      generated always as identity primary key,
    tenant text        not null,
    source text        not null,
    path   text        not null,
    at     timestamptz not null default now(),
    change text        not null check (change in ('added', 'changed', 'moved', 'removed')),
    hash   text        not null,
    url    text        not null,
    title  text        not null,
    text   text        not null
);

create index versions_of on content.versions (tenant, source, path, id);

-- Addresses that lead to an item: said in its front matter, had before, or what its file's name would be.
create table content.redirects (
    tenant text        not null,
    url    text        not null,
    item   bigint      not null references content.items (id) on delete cascade,
    reason text        not null check (reason in ('front matter', 'moved', 'file name')),
    at     timestamptz not null default now(),
    primary key (tenant, url)
);

create index redirects_item on content.redirects (item);

-- The words of what everybody may see: for words half typed and words mistyped. stem is what text search makes of it, null for stop words.
create table content.words (
    tenant    text not null,
    language  text not null,
    word      text collate "C" not null,
    stem      text,
    documents int  not null,
    primary key (tenant, language, word)
);

create index words_stem on content.words (tenant, language, stem);

create function content.stem(language text, word text) returns text
language sql stable
as $$ select (tsvector_to_array(to_tsvector(('content.text_' || language)::regconfig, word)))[1] $$;

-- A query in every language that content is written in.
create function content.query(languages text[], query text) returns tsquery
language plpgsql stable
as $$
declare
    result   tsquery;
    language text;
begin
    foreach language in array languages loop
        result := coalesce(result || to_tsquery(('content.text_' || language)::regconfig, query), to_tsquery(('content.text_' || language)::regconfig, query));
    end loop;
    return result;
end $$;

-- pg_trgm may live in any schema, and its operators are found through search_path only.
do $$
declare
    home text := (select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_trgm');
begin
    execute format('create index words_near on content.words using gin (word %I.gin_trgm_ops) with (fastupdate = off)', home);
    execute format($f$
        create function content.near(tenant_id text, language_codes text[], mistyped text) returns table (language text, word text, stem text, documents int)
        language sql stable
        set search_path = pg_catalog, %I
        set pg_trgm.similarity_threshold = 0.2
        as $body$
            select w.language, w.word, w.stem, w.documents
              from content.words w
             where w.tenant = tenant_id and w.language = any (language_codes) and w.word %% mistyped
             order by similarity(w.word, mistyped) desc, w.documents desc, w.word
             limit 30
        $body$ $f$, home);
end $$;
