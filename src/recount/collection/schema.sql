-- build/recount.sqlite beside the tables of data/, each of which keeps its name, its keys and, as `row`, its row in the
-- CSV file. A value is in the unit of the verdict; what is a list or a mapping is JSON; 1 is yes and 0 is no.

create table tables (
    name text primary key,
    title text not null,
    description text,
    vintage text,
    caveat text
);

create table fields (
    table_name text not null references tables (name),
    field text not null,
    type text not null,
    unit text,
    description text,
    primary key (table_name, field)
);

create table essays (
    id text primary key,
    title text not null,
    published date,
    address text,
    notebook text not null
);

create table claims (
    id text primary key,
    essay text not null references essays (id),
    paragraph integer not null,
    phrase text not null,
    value text,
    unit text,
    approximator text,
    comparator text,
    quantity text not null,
    place text,
    date text,
    cited text,
    kind text not null,
    stated_on date not null,
    stated_basis text not null
);

create table quotes (
    claim text not null references claims (id),
    source text not null references sources ("key"),
    primary key (claim, source)
);

create table verdicts (
    claim text primary key references claims (id),
    notebook text not null,
    section text,
    cell integer,
    stated text not null,
    unit text not null,
    low real,
    high real,
    as_written real,
    minimum real,
    maximum real,
    specifications integer not null,
    inside integer not null,
    cannot_tell integer not null,
    verdict text not null,
    test text,
    quotation text,
    sentence text not null,
    later text,
    condition text,
    nearest text,
    distance text,
    chance real,
    breakdown text,
    settles text,
    timeline text
);

create table specifications (
    id integer primary key,
    claim text not null references verdicts (claim),
    choices text not null,
    value real,
    low real,
    high real,
    bounded integer not null,
    least real,
    most real,
    outcome text not null,
    inside integer not null,
    test text not null,
    as_written integer not null,
    decides integer not null,
    after integer not null,
    known integer not null,
    same_as text,
    grade text,
    published date
);

-- The claims on which a specification rests that is arithmetic among the texts' own numbers.
create table premises (
    specification integer not null references specifications (id),
    claim text not null references claims (id),
    primary key (specification, claim)
);

-- The rows of data/ on which specifications rest; `cells` are its other fields.
create table used_rows (
    id integer primary key,
    table_name text not null references tables (name),
    row integer not null,
    cells text not null,
    source text references sources ("key"),
    checked_against text references sources ("key"),
    grade text,
    published date,
    unique (table_name, row)
);

create table evidence (
    specification integer not null references specifications (id),
    used_row integer not null references used_rows (id),
    primary key (specification, used_row)
);

create view claim_verdicts as
select c.id as claim, e.title as essay, c.phrase, c.stated_on, v.stated, v.unit, v.as_written, v.minimum, v.maximum,
    v.specifications, v.inside, v.cannot_tell, v.verdict, v.quotation, v.sentence, c.quantity, c.place, c.date, c.cited
from claims as c join essays as e on e.id = c.essay join verdicts as v on v.claim = c.id;

create view claim_rows as
select r.claim, c.phrase, v.verdict, u.table_name, u.row, u.cells, u.grade, u.published, r.specifications,
    u.source, s.title as source_title, s.publisher, s.address
from (
    select p.claim, e.used_row, count(*) as specifications
    from evidence as e join specifications as p on p.id = e.specification
    group by p.claim, e.used_row
) as r
join claims as c on c.id = r.claim
join verdicts as v on v.claim = r.claim
join used_rows as u on u.id = r.used_row
left join sources as s on s."key" = u.source;
