// Two at a time, as most of them wait for processes; those that need the machine for themselves follow one by one (Alone).
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
