using System.Security.Cryptography;

namespace Payments.Infrastructure.Database;

/// <summary>The SHA-256 of an id, which finds its row. An id can be longer than an index key of SQL Server.</summary>
internal static class IdHash
{
    public static byte[] Of(object id) => OfText(id.ToString()!);

    /// <param name="id">The canonical text of the id.</param>
    public static byte[] OfText(string id) => SHA256.HashData(Encoding.ASCII.GetBytes(id));
}
