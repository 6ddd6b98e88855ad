// One more than there are processors usually: most of these tests wait for PostgreSQL half of their time.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
