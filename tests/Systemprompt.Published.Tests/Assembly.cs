// Some of these tests hold the product to seconds, so none may take another's processor.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
