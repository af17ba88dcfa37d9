-- Requests to read the configuration anew, which every replica looks for, and what each replica has answered.
create table reload_requests (
  number bigint not null primary key,
  at bigint not null
);

create table reload_answers (
  request bigint not null,
  replica text not null,
  name text not null,
  outcome text,
  primary key (request, replica)
);
