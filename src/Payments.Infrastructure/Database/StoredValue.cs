using System.Security.Cryptography;

namespace Payments.Infrastructure.Database;

/// <summary>Reads values that the service stored. A stored value that breaks its rule is a fault of the service.</summary>
internal static class StoredValue
{
    public static T Read<T>(string text) where T : IValueObject<T> =>
        T.TryParse(text, out var value) ? value : throw new FormatException($"A stored {typeof(T).Name} is not valid.");

    public static ConnectorId ReadConnectorId(string provider, string reference) => new(Read<Provider>(provider), Guid.ParseExact(reference, "D"));
}

/// <summary>The SHA-256 of an id, which finds its row. An id can be longer than an index key of SQL Server.</summary>
internal static class IdHash
{
    public static byte[] Of(object id) => SHA256.HashData(Encoding.ASCII.GetBytes(id.ToString()!));
}
