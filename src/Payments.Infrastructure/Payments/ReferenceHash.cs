using System.Security.Cryptography;
using Payments.Infrastructure.Database;

namespace Payments.Infrastructure.Payments;

/// <summary>The hashes by which provider events find and await payments: the first 16 bytes of a SHA-256, because a reference can be longer than an index key of SQL Server.</summary>
internal static class ReferenceHash
{
    public const int Length = 16;

    public static byte[] OfPayment(byte[] idHash) => idHash[..Length];

    public static byte[] OfPayment(PaymentId id) => OfPayment(IdHash.Of(id));

    public static byte[] OfAdjustment(string reference) => SHA256.HashData(Encoding.Unicode.GetBytes(reference))[..Length];
}
