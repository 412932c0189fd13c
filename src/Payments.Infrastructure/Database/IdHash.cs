using System.Security.Cryptography;
using System.Text;

namespace Payments.Infrastructure.Database;

/// <summary>What an id is looked up by: the SHA-256 of its text, for an id can be longer than SQL Server lets an index key be.</summary>
internal static class IdHash
{
    public static byte[] Of(object id) => SHA256.HashData(Encoding.ASCII.GetBytes(id.ToString()!));
}
