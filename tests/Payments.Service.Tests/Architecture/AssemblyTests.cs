using System.Reflection;
using System.Runtime.CompilerServices;
using Payments.Application.Payments;
using Payments.Domain.Accounts;
using Payments.Domain.Payments;
using Payments.Infrastructure.Schema;

namespace Payments.Service.Tests.Architecture;

/// <summary>What the project files do not show: transitive packages that a project uses, and how payments and accounts are created.</summary>
public sealed class AssemblyTests
{
    private static readonly Assembly Domain = typeof(Payment).Assembly;
    private static readonly Assembly Infrastructure = typeof(DatabaseSchema).Assembly;

    [TestCase("Dapper")]
    [TestCase("Microsoft.Data.SqlClient")]
    [TestCase("Microsoft.Data.Sqlite")]
    public void DatabaseLibrary_EachAssembly_IsReferencedByInfrastructureOnly(string library) => Assert.That(
        ((Assembly[])[Domain, typeof(CreatePaymentCommand).Assembly, Infrastructure, typeof(Program).Assembly])
            .Where(assembly => assembly.GetReferencedAssemblies().Any(reference => reference.Name == library)),
        Is.EqualTo((Assembly[])[Infrastructure]));

    [Test]
    public void Domain_Properties_HaveNoPublicSetter() =>
        Assert.That(
            from type in Domain.GetTypes()
            from property in type.GetProperties().Where(property => property.DeclaringType == type)
            where property.SetMethod is { IsPublic: true } setter && !setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit))
            select $"{type.Name}.{property.Name}",
            Is.Empty);

    [TestCase(typeof(Payment))]
    [TestCase(typeof(Account))]
    public void Record_PublicFactoryMethods_AreCreateAndRestore(Type record)
    {
        Assert.Multiple(() =>
        {
            Assert.That(record.GetConstructors(), Is.Empty);
            Assert.That(record.IsSealed, Is.True);
            Assert.That(
                record.GetMethods(BindingFlags.Public | BindingFlags.Static).Where(method => method.ReturnType == record && method.Name != "CreateCopy").Select(method => method.Name),
                Is.EquivalentTo((string[])["Create", "Restore"]));
        });
    }
}
