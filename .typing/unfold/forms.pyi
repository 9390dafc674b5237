from django.contrib.auth import forms

AdminPasswordChangeForm = forms.AdminPasswordChangeForm
UserChangeForm = forms.UserChangeForm
UserCreationForm = forms.UserCreationForm
