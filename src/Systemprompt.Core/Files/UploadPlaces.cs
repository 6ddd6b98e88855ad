namespace Systemprompt.Files;

/// <summary>How many uploads go on at once, in all and for one owner: nobody takes every place by sending slowly.</summary>
internal sealed class UploadPlaces(FilesSettings settings)
{
    private readonly int _mostOfOne = Math.Max(1, settings.MaxUploads / 4);
    private readonly Dictionary<string, int> _taken = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private int _all;

    /// <summary>A place, to be disposed when the upload is over; null when there is none.</summary>
    public IDisposable? TryTake(string owner)
    {
        lock (_lock)
        {
            var own = _taken.GetValueOrDefault(owner);
            if (_all >= settings.MaxUploads || own >= _mostOfOne) return null;
            _all++;
            _taken[owner] = own + 1;
            return new Place(this, owner);
        }
    }

    private void Leave(string owner)
    {
        lock (_lock)
        {
            _all--;
            if (--_taken[owner] == 0) _taken.Remove(owner);
        }
    }

    private sealed class Place(UploadPlaces places, string owner) : IDisposable
    {
        public void Dispose() => places.Leave(owner);
    }
}
