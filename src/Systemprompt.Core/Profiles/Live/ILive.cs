namespace Systemprompt.Profiles;

/// <summary>A section of the profile as it is now: what the profile says, and over it what was set live (<c>admin config set</c>).</summary>
/// <typeparam name="T">The section's record. Without live keys it is always the profile's.</typeparam>
public interface ILive<out T>
    where T : class
{
    /// <summary>The section. Another instance after a change that touches it, else the same: keep what is derived from it as long as it stays.</summary>
    T Value { get; }

    /// <summary>Calls back after every change of any section, on the thread that took it over. Must be quick.</summary>
    /// <returns>Dispose it to hear no more.</returns>
    IDisposable OnChange(Action changed);
}

/// <inheritdoc cref="ILive{T}"/>
internal sealed class Live<T>(LiveProfile profile) : ILive<T>
    where T : class
{
    public T Value => profile.Current.Section<T>();

    public IDisposable OnChange(Action changed) => profile.OnChange(changed);
}

/// <summary>A section that nobody changes.</summary>
internal sealed class Fixed<T>(T value) : ILive<T>
    where T : class
{
    public T Value => value;

    public IDisposable OnChange(Action changed) => new Unheard();

    private sealed class Unheard : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
