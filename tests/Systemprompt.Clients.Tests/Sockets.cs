using System.Globalization;
using System.Net;

namespace Systemprompt.Clients.Tests;

/// <summary>The network sockets that a process holds, as the kernel lists them.</summary>
internal static class Sockets
{
    /// <summary>The remote ends of its TCP connections. Sockets that listen have none.</summary>
    public static IReadOnlyList<IPEndPoint> Peers(int process) =>
        [.. Of(process, "tcp").Concat(Of(process, "tcp6")).Select(socket => socket.Remote).Where(remote => remote.Port != 0)];

    /// <summary>Its UDP sockets: a name look-up would need one.</summary>
    public static IReadOnlyList<IPEndPoint> Datagrams(int process) =>
        [.. Of(process, "udp").Concat(Of(process, "udp6")).Select(socket => socket.Local)];

    private static IEnumerable<(IPEndPoint Local, IPEndPoint Remote)> Of(int process, string protocol)
    {
        // The table first: a socket in it that is opened later belongs to nobody we know, and a closed one is gone from the process.
        var rows = File.ReadAllLines($"/proc/{process}/net/{protocol}").Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        var held = Inodes(process);
        return rows.Where(fields => held.Contains(fields[9])).Select(fields => (EndPoint(fields[1]), EndPoint(fields[2])));
    }

    private static HashSet<string> Inodes(int process)
    {
        var inodes = new HashSet<string>();
        foreach (var descriptor in Directory.EnumerateFiles($"/proc/{process}/fd"))
            if (new FileInfo(descriptor).LinkTarget is { } target && target.StartsWith("socket:[", StringComparison.Ordinal)) inodes.Add(target[8..^1]);
        return inodes;
    }

    /// <summary><c>0100007F:1F90</c>: 32-bit words in the machine's order, then the port.</summary>
    private static IPEndPoint EndPoint(string text)
    {
        var parts = text.Split(':');
        var bytes = Convert.FromHexString(parts[0]);
        for (var word = 0; word < bytes.Length; word += 4) bytes.AsSpan(word, 4).Reverse();
        var address = new IPAddress(bytes);
        return new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, int.Parse(parts[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }
}
